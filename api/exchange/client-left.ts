/** The reason of an abort because the client closed its connection. No error: nobody is left to tell, and nobody did wrong. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";

  constructor() {
    super("the client closed its connection");
  }
}

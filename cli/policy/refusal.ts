/** What was asked cannot be done: what, where, and what to do instead, in one sentence. */
export class PolicyRefusal extends Error {
  override readonly name = "PolicyRefusal";
}

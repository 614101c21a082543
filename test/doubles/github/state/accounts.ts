/** Accounts have a number for ever and a login for a while: it can be changed, and then be taken by somebody else. */
import type { Person } from "../git/files.ts";
import { Refusal } from "./refusal.ts";

export type AccountType = "User" | "Bot" | "Organization";

export interface Account {
  readonly id: number;
  login: string;
  readonly type: AccountType;
  /** Its owner closed it: where it acted, it is shown as nobody. */
  isDeleted: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export class Accounts {
  readonly #all: Account[] = [];

  add(login: string, type: AccountType, id: number, createdAt: number): Account {
    if (this.byLogin(login)) throw new Refusal(422, `the login ${login} is taken`);
    const account: Account = { id, login, type, isDeleted: false, createdAt };
    this.#all.push(account);
    return account;
  }

  /** Capital letters make no difference. */
  byLogin(login: string): Account | undefined {
    const wanted = login.toLowerCase();
    return this.#all.find((account) => !account.isDeleted && account.login.toLowerCase() === wanted);
  }

  named(login: string): Account {
    const account = this.byLogin(login);
    if (!account) throw new Refusal(404, `there is no account ${login}: double.admin.addUser makes one`);
    return account;
  }

  /** The login is free from now on. */
  rename(login: string, to: string): Account {
    const account = this.named(login);
    if (this.byLogin(to) && this.byLogin(to) !== account) throw new Refusal(422, `the login ${to} is taken`);
    account.login = to;
    return account;
  }

  remove(login: string): Account {
    const account = this.named(login);
    account.isDeleted = true;
    return account;
  }
}

/** As whom GitHub writes commits of an account. */
export function personOf(account: Account): Person {
  return { name: account.login, email: `${account.id}+${account.login}@users.noreply.github.com` };
}

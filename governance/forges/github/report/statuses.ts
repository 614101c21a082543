/**
 * Commit statuses, for who has no App. Whoever may push can set one of the same name, so what GitHub shows as green is worth
 * little here: what counts is what the service verifies. One that somebody else set is set anew when it is seen, after a restart at the latest.
 */
import { z } from "zod";
import type { CheckReport } from "../../forge.ts";
import { statusesShape } from "../api/shapes.ts";
import type { Reader } from "../proposals/read-pull.ts";
import { Shown } from "./shown.ts";

export class Statuses {
  readonly #shown = new Shown<string>();

  /** `link`: where the whole report is. */
  async show(
    reader: Reader,
    commit: string,
    context: string,
    { state, title }: Pick<CheckReport, "state" | "title">,
    link: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const where = `${commit} ${context}`;
    const said = `${state} ${title}`;
    const shown = this.#shown.get(where) ?? (await find(reader, commit, context, signal));
    if (shown !== said) {
      const { owner, repo } = reader.place;
      await reader.api.change(
        reader.actor.authorizer,
        "POST /repos/{owner}/{repo}/statuses/{sha}",
        {
          owner,
          repo,
          sha: commit,
          context,
          state,
          description: title,
          ...(link !== undefined && { target_url: link }),
        },
        z.object({}),
        signal,
      );
    }
    this.#shown.set(where, said);
  }
}

/** What was said there last, by whomever. */
async function find(
  { api, actor, place }: Reader,
  commit: string,
  context: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { owner, repo } = place;
  const route = "GET /repos/{owner}/{repo}/commits/{ref}/statuses";
  const asked = { owner, repo, ref: commit, per_page: 100 };
  const statuses = await api.get(actor.authorizer, route, asked, statusesShape, signal);
  // The latest comes first.
  const latest = statuses.find((status) => status.context === context);
  return latest && `${latest.state} ${latest.description ?? ""}`;
}

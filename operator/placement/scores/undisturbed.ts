import type { Score } from "./score.ts";

/**
 * Not where another deployment serves the same weights with another context: a host keeps one runner per weights file, and each load would
 * push the other out (docs/adr/0003). Asked before what is on the disk: exactly that host has the model already.
 */
export const undisturbed: Score = {
  name: "undisturbed",
  score({ demand: { deployment, model }, host: { served = [] } }) {
    const disturbs = served.some(
      (other) =>
        other.deployment !== deployment &&
        other.digest === model.digest &&
        other.context !== (model.context ?? other.context),
    );
    return disturbs ? -1 : 0;
  },
};

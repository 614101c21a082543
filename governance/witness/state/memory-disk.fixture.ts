/** A disk that can lose its power: what was not synced is gone then, content and names alike. */
import { basename, dirname } from "node:path";
import type { Disk } from "./disk.ts";

interface Inode {
  content: string;
  synced: string;
}

type Names = Map<string, Inode>;

export class Killed extends Error {
  override readonly name = "Killed";
}

export class MemoryDisk implements Disk {
  #folders = new Map<string, { names: Names; synced: Names }>();
  #steps = 0;
  /** Ends before this step of those that change something; undefined: never. */
  killAt: number | undefined;

  /** How many steps were made. */
  get steps(): number {
    return this.#steps;
  }

  /** Of all files, those that are not finished among them. */
  get paths(): string[] {
    return [...this.#folders]
      .flatMap(([folder, { names }]) => [...names.keys()].map((name) => `${folder}/${name}`))
      .sort();
  }

  /** What the next process finds; `power`: what was not synced is lost. */
  restarted(power: "kept" | "lost"): MemoryDisk {
    const next = new MemoryDisk();
    for (const [path, { names, synced }] of this.#folders) {
      const copied: Names = new Map(
        [...(power === "kept" ? names : synced)].map(([name, inode]) => {
          const content = power === "kept" ? inode.content : inode.synced;
          return [name, { content, synced: content }];
        }),
      );
      next.#folders.set(path, { names: copied, synced: new Map(copied) });
    }
    return next;
  }

  async makeFolder(path: string): Promise<void> {
    this.#step();
    if (!this.#folders.has(path)) this.#folders.set(path, { names: new Map(), synced: new Map() });
  }

  async list(path: string): Promise<string[]> {
    return [...(this.#folders.get(path)?.names.keys() ?? [])];
  }

  async read(path: string): Promise<string | undefined> {
    return this.#names(path).get(basename(path))?.content;
  }

  async write(path: string, content: string): Promise<void> {
    this.#step();
    if (this.#names(path).has(basename(path))) throw new Error(`${path} is there`);
    this.#names(path).set(basename(path), { content, synced: "" });
  }

  async sync(path: string): Promise<void> {
    this.#step();
    const folder = this.#folders.get(path);
    if (folder) folder.synced = new Map(folder.names);
    const inode = this.#names(path).get(basename(path));
    if (inode) inode.synced = inode.content;
  }

  async link(from: string, to: string): Promise<boolean> {
    this.#step();
    const inode = this.#names(from).get(basename(from));
    if (!inode) throw new Error(`${from} is not there`);
    if (this.#names(to).has(basename(to))) return false;
    this.#names(to).set(basename(to), inode);
    return true;
  }

  async remove(path: string): Promise<void> {
    this.#step();
    this.#names(path).delete(basename(path));
  }

  /** Replaces what a file holds, as somebody who has the disk could. */
  tamper(path: string, change: (content: string) => string): void {
    const inode = this.#names(path).get(basename(path));
    if (!inode) throw new Error(`${path} is not there`);
    inode.content = change(inode.content);
    inode.synced = inode.content;
  }

  #step(): void {
    if (this.killAt !== undefined && this.#steps >= this.killAt) throw new Killed(`killed before step ${this.killAt}`);
    this.#steps++;
  }

  #names(path: string): Names {
    return this.#folders.get(dirname(path))?.names ?? new Map();
  }
}

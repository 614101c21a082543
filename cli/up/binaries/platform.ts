import { readFileSync } from "node:fs";

/** A machine that a release or a recipe may exist for. */
export interface Platform {
  os: "linux" | "darwin";
  arch: "amd64" | "arm64";
}

const architectures: Readonly<Record<string, Platform["arch"]>> = { x64: "amd64", arm64: "arm64" };

/** Undefined where we have neither releases nor recipes. Takes Node's words for both (`process.platform`, `process.arch`). */
export function platformOf(os: string, arch: string): Platform | undefined {
  const known = architectures[arch];
  return known && (os === "linux" || os === "darwin") ? { os, arch: known } : undefined;
}

/**
 * The vector instructions that make Ollama's CPU engine fast (four to eight times the tokens per second), and that a
 * compiler leaves out unless told. All of them are in every x86-64 server and desktop since 2015; some virtual machines
 * hide them, and one cache folder may serve several machines, so a build notes what it needs (cache.ts).
 */
export const vectorFeatures = ["avx", "avx2", "bmi2", "f16c", "fma"] as const;

/** Those of `vectorFeatures` that this machine has, as Linux tells it; none elsewhere. */
export function cpuFeatures(cpuInfo = readCpuInfo()): string[] {
  const flags = new Set(/^flags\s*:\s*(.*)$/m.exec(cpuInfo)?.[1]?.split(" "));
  return vectorFeatures.filter((feature) => flags.has(feature));
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}

/** How the person installs packages here: `install("gcc")` is a command line for their system. */
export function installCommand(packages: Packages, osRelease = readOsRelease()): string {
  const ids = [...osRelease.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)"?$/gm)].flatMap((match) => match[1]?.split(" ") ?? []);
  if (ids.includes("debian") || ids.includes("ubuntu")) return `sudo apt-get install -y ${packages.debian}`;
  if (ids.includes("fedora") || ids.includes("rhel")) return `sudo dnf install -y ${packages.fedora}`;
  if (ids.includes("arch")) return `sudo pacman -S ${packages.arch}`;
  if (ids.includes("alpine")) return `sudo apk add ${packages.alpine}`;
  if (ids.includes("darwin")) return packages.darwin;
  return `with your system's package manager (on Debian: apt-get install ${packages.debian})`;
}

export interface Packages {
  debian: string;
  fedora: string;
  arch: string;
  alpine: string;
  /** A whole command line. */
  darwin: string;
}

export const compilerPackages: Packages = {
  debian: "gcc g++",
  fedora: "gcc gcc-c++",
  arch: "gcc",
  alpine: "build-base",
  darwin: "xcode-select --install",
};

export const zstdPackages: Packages = {
  debian: "zstd",
  fedora: "zstd",
  arch: "zstd",
  alpine: "zstd",
  darwin: "brew install zstd",
};

export const unzipPackages: Packages = {
  debian: "unzip",
  fedora: "unzip",
  arch: "unzip",
  alpine: "unzip",
  darwin: "brew install unzip",
};

/** os-release(5); macOS has none. */
function readOsRelease(): string {
  if (process.platform === "darwin") return "ID=darwin";
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
}

import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Writes a program that prints `said` whatever it is asked. */
export function writeProgram(path: string, said: string): string {
  return writeScript(path, `/bin/cat <<'END'\n${said}\nEND\n`);
}

export function writeScript(path: string, body: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\n${body}`);
  chmodSync(path, 0o755);
  return path;
}

export interface FakeGo {
  /** What a build makes prints this when it is asked for its version. */
  says?: string;
  version?: string;
  toolchain?: string;
  /** Shell lines that run in place of a successful `go build`. */
  build?: string;
  /** Shell lines that run in place of a successful `go mod tidy`. */
  tidy?: string;
  /** Files of modules that can be downloaded: `module@version` → path → content. */
  modules?: Record<string, Record<string, string>>;
  cCompiler?: string;
}

/**
 * A Go that compiles nothing: it answers what our recipes ask, notes every call in `<folder>/calls` and the environment of
 * builds in `<folder>/environment`, and keeps the wrapper module of the last build in `<folder>/module`.
 */
export function writeFakeGo(folder: string, go: FakeGo = {}): string {
  const { says = "etcd Version: 3.6.16", version = "go1.26.8", toolchain = "local", cCompiler = "" } = go;
  const environment = {
    GOVERSION: version,
    GOTOOLCHAIN: toolchain,
    GOCACHE: "",
    GOMODCACHE: "",
    CC: cCompiler,
    CXX: cCompiler,
  };
  for (const [module, files] of Object.entries(go.modules ?? {})) {
    for (const [path, content] of Object.entries(files)) write(join(folder, "modules", module, path), content);
  }
  const build = `
    /bin/mkdir -p ${folder}/module; /bin/cp -r ./* ${folder}/module; /usr/bin/env > ${folder}/environment
    echo example.org/a >&2; echo example.org/b >&2
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\necho "%s"\\n' '${says}' > "$2"; /bin/chmod 755 "$2"`;
  return writeScript(
    join(folder, "go"),
    `
echo "$*" >> ${folder}/calls
case "$1 $2" in
  "env -json") echo '${JSON.stringify(environment)}' ;;
  "mod download") echo "go: downloading $4" >&2
    echo '{"GoMod": "${folder}/modules/'"$4"'/go.mod", "Dir": "${folder}/modules/'"$4"'"}' ;;
  "mod tidy") ${go.tidy ?? ":"} ;;
  "list -deps") printf 'example.org/a\\nexample.org/b\\nexample.org/c\\n' ;;
  "build "*) ${go.build ?? build} ;;
  *) echo "the fake go knows no: $*" >&2; exit 2 ;;
esac
`,
  );
}

/** How often each `go <verb>` was called. */
export function callsOf(folder: string, verb: string): string[] {
  const file = join(folder, "calls");
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith(verb));
}

function write(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

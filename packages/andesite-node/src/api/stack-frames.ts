import { basename } from "node:path";

/** Stack frame of the protocol (section 5.2), in Java's format. */
export interface StackFrame {
  /** Always null: Node has no class loaders. */
  readonly classLoader: string | null;
  /** `node` for the runtime's own code, else null. */
  readonly moduleName: string | null;
  /** Version of the runtime for its own code, else null. */
  readonly moduleVersion: string | null;
  /** Class or object that the function belongs to; empty for a plain function. */
  readonly className: string;
  readonly methodName: string;
  /** File name without folders, so that the installation path is not exposed. */
  readonly fileName: string | null;
  readonly lineNumber: number | null;
  /** One-line representation of the frame. */
  readonly pretty: string;
}

/**
 * Matches `at async new Name.method [as other] (position)`, where all parts except the position are optional.
 */
const frameLine = /^\s*at (?:async )?(?:(new )?(.+?)(?: \[as .+\])? \((.*)\)|(.+))$/;
const sourcePosition = /^(.*?):(\d+)(?::\d+)?$/;
const runtimePrefix = "node:";

/** Parses `Error.stack`. Skips lines that are not frames, such as the message. */
export function parseStack(stack: string | undefined, maxFrames: number): StackFrame[] {
  const frames: StackFrame[] = [];
  for (const line of (stack ?? "").split("\n")) {
    const match = frameLine.exec(line);
    if (!match || frames.length === maxFrames) continue;
    const [, constructing, called, where, bare] = match;
    frames.push(parseFrame(constructing ? `${called}.<init>` : (called ?? ""), where ?? bare ?? ""));
  }
  return frames;
}

function parseFrame(called: string, where: string): StackFrame {
  // Symbol names are in brackets and may contain dots.
  const symbol = called.endsWith("]") ? called.lastIndexOf("[") : called.length;
  const dot = called.lastIndexOf(".", symbol);
  const className = dot < 0 ? "" : called.slice(0, dot);
  const methodName = called.slice(dot + 1) || "<anonymous>";
  const [, path, line] = sourcePosition.exec(where) ?? [];
  const isRuntime = path?.startsWith(runtimePrefix) === true;
  // Windows paths contain backslashes.
  const fileName = path === undefined ? null : basename(path.replaceAll("\\", "/"));
  const lineNumber = line === undefined ? null : Number(line);
  return {
    classLoader: null,
    moduleName: isRuntime ? "node" : null,
    moduleVersion: isRuntime ? process.versions.node : null,
    className,
    methodName,
    fileName,
    lineNumber,
    pretty: `${className === "" ? "" : `${className}.`}${methodName}(${fileName ?? "unknown"}${line === undefined ? "" : `:${line}`})`,
  };
}

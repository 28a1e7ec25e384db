import ts from "typescript";

/** A test and the sentences that its comment declares as shown by it. */
export interface Tag {
  readonly file: string;
  readonly line: number;
  /** Title of the test, below those of its groups. */
  readonly title: string;
  readonly document: string;
  /** References such as `Client.connect`, `Client.connect/1` and `Client.connect/1-3,5`. */
  readonly references: readonly string[];
  /** Strings of the literal arrays that the test is repeated for: among them, names of classes. */
  readonly parameters: ReadonlySet<string>;
}

/** Tags of a file, and problems with them. */
export interface FileTags {
  readonly tags: readonly Tag[];
  readonly problems: readonly string[];
}

const marker = "Shows ";
const tagged = /^(?:.*\s)?Shows (\w+): (.*)$/;

/** A call that declares a test or a group: `it("…")`, `it.each(list)("…")`, `describe("…")`. */
interface Declaration {
  readonly isTest: boolean;
  readonly title: string;
  /** Modifier such as `skip`. */
  readonly modifier: string | undefined;
  /** The list of `each` or `for`. */
  readonly list: ts.Expression | undefined;
}

function readDeclaration(node: ts.Node): Declaration | undefined {
  if (!ts.isCallExpression(node)) return undefined;
  const [title] = node.arguments;
  if (!title || !ts.isStringLiteralLike(title)) return undefined;
  let callee = node.expression;
  let list: ts.Expression | undefined;
  if (ts.isCallExpression(callee)) {
    list = callee.arguments[0];
    callee = callee.expression;
  }
  let modifier: string | undefined;
  if (ts.isPropertyAccessExpression(callee)) {
    if (!["each", "for"].includes(callee.name.text)) modifier = callee.name.text;
    callee = callee.expression;
  }
  if (!ts.isIdentifier(callee) || !["it", "describe"].includes(callee.text)) return undefined;
  return { isTest: callee.text === "it", title: title.text, modifier, list };
}

/** Returns the strings of a literal array, or of the constant that a name stands for. */
function readStrings(list: ts.Expression, constants: ReadonlyMap<string, ts.Expression>): string[] {
  let value: ts.Expression | undefined = list;
  if (ts.isIdentifier(value)) value = constants.get(value.text);
  if (value && (ts.isAsExpression(value) || ts.isSatisfiesExpression(value))) value = value.expression;
  if (!value || !ts.isArrayLiteralExpression(value)) return [];
  return value.elements.flatMap((element) => {
    if (ts.isSpreadElement(element)) return readStrings(element.expression, constants);
    return ts.isStringLiteralLike(element) ? element.text : [];
  });
}

/** Reads the comments `// Shows DOCUMENT: REFERENCE …` in front of the tests of a file. */
export function readTags(file: string, text: string): FileTags {
  const tags: Tag[] = [];
  const problems: string[] = [];
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const constants = new Map<string, ts.Expression>();
  const attached = new Set<number>();
  const lineAt = (position: number): number => source.getLineAndCharacterOfPosition(position).line + 1;

  const readComment = (node: ts.Node, declaration: Declaration, groups: readonly Declaration[]): void => {
    const ranges = ts.getLeadingCommentRanges(text, node.getFullStart()) ?? [];
    const lines = ranges.map(({ pos, end }) => text.slice(pos, end).replace(/^\/\/ ?/, ""));
    const first = lines.findIndex((line) => line.includes(marker) && tagged.test(line));
    if (first === -1) return;
    for (const { pos } of ranges) attached.add(lineAt(pos));
    const parameters = new Set(
      [...groups, declaration].flatMap(({ list }) => (list ? readStrings(list, constants) : [])),
    );
    const problemAt = `${file}:${lineAt(node.getStart())}`;
    const modified = [...groups, declaration].find(({ modifier }) => modifier !== undefined);
    if (modified) problems.push(`${problemAt} a test marked ".${modified.modifier}" shows nothing`);
    if (!declaration.isTest) problems.push(`${problemAt} a group shows nothing; tag its tests`);
    const title = [...groups, declaration].map((one) => one.title).join(" > ");
    // A tag goes on until the next one, or to the end of the comment.
    for (const part of lines
      .slice(first)
      .join(" ")
      .split(/(?=Shows \w+: )/)) {
      const [, document = "", references = ""] = /^Shows (\w+): (.*)$/.exec(part.trim()) ?? [];
      if (document === "") continue;
      const list = references.trim().split(/\s+/);
      tags.push({ file, line: lineAt(node.getStart()), title, document, references: list, parameters });
    }
  };

  const visit = (node: ts.Node, groups: readonly Declaration[]): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) {
      constants.set(node.name.text, node.initializer);
    }
    const call = ts.isExpressionStatement(node) ? node.expression : undefined;
    const declaration = call && readDeclaration(call);
    if (!declaration) {
      ts.forEachChild(node, (child) => visit(child, groups));
      return;
    }
    readComment(node, declaration, groups);
    if (!declaration.isTest) ts.forEachChild(node, (child) => visit(child, [...groups, declaration]));
  };
  visit(source, []);

  for (const [index, line] of text.split("\n").entries()) {
    if (/^\s*\/\/ (?:.*\s)?Shows \w+: /.test(line) && !attached.has(index + 1)) {
      problems.push(`${file}:${index + 1} this tag is not in front of a test`);
    }
  }
  return { tags, problems };
}

import { Converter, type SomeType, type TypeScript } from "typedoc";

/** Length of a type, in characters, above which the page shows it as it is written in the source. */
const maxTypeLength = 200;

/**
 * Keeps the names of long types in signatures. TypeDoc converts types and not their source, and the compiler
 * replaces the name of a union by its members: `Server.command` filled a page of 130 000 pixels.
 */
export function keepTypeNames(converter: Converter): void {
  converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, signature, declaration) => {
    // A signature of JSDoc, as in JavaScript, has no types of its own.
    if (!declaration || !("name" in declaration)) return;
    const named = (
      type: SomeType | undefined,
      node: TypeScript.TypeNode | undefined,
    ): SomeType | undefined =>
      node && String(type).length > maxTypeLength
        ? converter.convertType(context.withScope(signature), node)
        : type;
    const assign = (target: { type?: SomeType | undefined }, node: TypeScript.TypeNode | undefined): void => {
      const type = named(target.type, node);
      if (type) target.type = type;
    };
    assign(signature, declaration.type);
    for (const parameter of signature.parameters ?? []) {
      const found = declaration.parameters.find(({ name }) => name.getText() === parameter.name);
      assign(parameter, found?.type);
    }
    for (const parameter of signature.typeParameters ?? []) {
      const found = declaration.typeParameters?.find(({ name }) => name.text === parameter.name);
      assign(parameter, found?.constraint);
    }
  });
}

export const wireShortError = (error: Error): unknown => ({
  class: error.name,
  message: error.message,
  suppressed: [],
  cause: null,
});

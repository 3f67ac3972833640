// Loads the software of maps, with its style sheet, for a figure that says where they are.
export async function mapOf(figure) {
  const { script, sheet } = figure.dataset;
  const styled = document.createElement("link");
  styled.rel = "stylesheet";
  styled.href = sheet;
  const ready = new Promise((done, failed) => Object.assign(styled, { onload: done, onerror: failed }));
  document.head.append(styled);
  const [software] = await Promise.all([import(script), ready]);
  return software;
}

export const canDraw = () => !!document.createElement("canvas").getContext("webgl2");

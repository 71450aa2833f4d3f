// Elements from data. Text is always a text node: nothing that comes from outside can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element: h("td.number", {title: "…"}, "5"). Functions become listeners; false and null attributes are left out. */
export function h(tag, attributes = {}, ...children) {
  return filled((name) => document.createElement(name), tag, attributes, children);
}

/** An element of a drawing. */
export function s(tag, attributes = {}, ...children) {
  return filled((name) => document.createElementNS(SVG, name), tag, attributes, children);
}

function filled(create, tag, attributes, children) {
  const [name, ...classes] = tag.split(".");
  const node = create(name);
  node.classList.add(...classes);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(key, value);
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** A table with a caption for those who hear it; rows are lists of cells, the first cell heads its row. */
export function table(caption, heads, rows) {
  return framed(caption, heads, h("tbody", {}, rows.map((cells) => h("tr", {}, row(heads, cells)))));
}

/** The same around rows that change. */
export function framed(caption, heads, body) {
  return h("div.scroll", { tabindex: 0, role: "region", "aria-label": caption },
    h("table.stacked", {}, h("caption.visually-hidden", {}, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))), body));
}

/** The cells of a row; on a narrow screen each stands on a line of its own, beside its head. */
export function row([, ...heads], [first, ...cells]) {
  return [h("th", { scope: "row" }, first), ...cells.map((cell, i) => h("td", { "data-name": heads[i] }, h("div", {}, cell)))];
}

/** A question before something that cannot be taken back; true when it was meant. */
export function confirmed(question, yes) {
  return new Promise((resolve) => {
    const dialog = h("dialog", { "aria-labelledby": "question", close: () => (dialog.remove(), resolve(dialog.returnValue === "yes")) },
      h("p", { id: "question" }, question),
      h("div.actions", {},
        h("button.primary.danger", { type: "button", click: () => dialog.close("yes") }, yes),
        h("button", { type: "button", autofocus: true, click: () => dialog.close("no") }, "Back")));
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Says something to those who cannot see that it changed. */
export function say(text) {
  document.getElementById("said").textContent = text;
}

/** A block of code with a button that copies it. */
export function code(text) {
  const button = h("button.quiet.copy", { type: "button", click: async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    say("Copied");
  } }, "Copy");
  return h("div.code", {}, h("pre", { tabindex: 0 }, h("code", {}, text)), navigator.clipboard ? button : null);
}

/** Something went wrong, said where it went wrong. */
export function problem(error) {
  return h("p.problem", { role: "alert" }, String(error.message ?? error));
}

// Texts of a page whose contrast with their ground is below WCAG AA (1.4.3), by computed styles.
() => {
  const sheet = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    sheet.clearRect(0, 0, 1, 1);
    sheet.fillStyle = colour;
    sheet.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = sheet.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const light = (colour) => {
    const [r, g, b] = colour.map((one) => (one / 255 <= 0.04045 ? one / 255 / 12.92 : ((one / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const parent = (element) => element.parentElement ?? element.getRootNode().host ?? null;
  const chain = (element) => (element ? [element, ...chain(parent(element))] : []);
  const ground = (element) => {
    const layers = [];
    for (const one of chain(element)) {
      const style = getComputedStyle(one);
      const shape = one instanceof SVGElement ? [...one.children].find((child) => child.tagName === "rect") : null;
      if (shape) layers.push(read(getComputedStyle(shape).fill));
      if (!(one instanceof SVGElement)) layers.push(read(style.backgroundColor));
    }
    return layers.reverse().reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  };
  const found = [];
  const visit = (root) => {
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      if (node instanceof Element) {
        if (node.shadowRoot) visit(node.shadowRoot);
        continue;
      }
      const element = node.parentElement;
      const text = node.textContent.trim();
      if (!text || !element || ["STYLE", "SCRIPT", "TITLE"].includes(element.tagName)) continue;
      const box = element.getBoundingClientRect();
      const up = chain(element);
      const isHidden = box.width <= 1 || box.height <= 1 || getComputedStyle(element).visibility === "hidden";
      if (isHidden || up.some((one) => one.disabled || one.getAttribute("aria-hidden") === "true")) continue;
      const style = getComputedStyle(element);
      const ink = read(element instanceof SVGElement ? style.fill : style.color);
      const opacity = up.reduce((product, one) => product * Number(getComputedStyle(one).opacity), 1);
      const below = ground(element);
      const [a, b] = [light(over([...ink.slice(0, 3), ink[3] * opacity], below)), light(below)];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      const size = parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      if (contrast < (isLarge ? 3 : 4.5)) found.push(`${contrast.toFixed(2)} : 1 <${element.tagName.toLowerCase()} class="${element.getAttribute("class") ?? ""}"> ${text.slice(0, 50)}`);
    }
  };
  visit(document.body);
  return [...new Set(found)];
}

"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const FIRST = 60, SLICE = 100, PRINTED = 1000;
  const FACETS = [["state", "State"], ["family", "Family"], ["code", "Code"], ["system", "Written to"],
    ["field", "Field"], ["class", "Class"], ["risk", "Risk or severity"]];
  const byId = (id) => document.getElementById(id);

  // Elements are made, never parsed: a value can only ever become text.
  const el = (tag, cls, ...kids) => {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    for (const kid of kids) if (kid !== null && kid !== undefined) node.append(kid);
    return node;
  };
  const bdi = (text, cls) => el("bdi", cls, text);
  const pairs = (label, ...content) => [el("dt", "", label), el("dd", "", ...content)];

  const record = ([, ref, name, url, value]) => {
    let place = el("span", "ref", ref);
    if (/^https?:\/\//.test(url)) {
      place = document.createElement("a");
      place.setAttribute("href", url);
      place.setAttribute("target", "_blank");
      place.setAttribute("rel", "noopener noreferrer");
      place.append(ref);
    }
    return el("li", "", place, name ? bdi(name, "name") : null, value === null ? null : bdi(value, "value"));
  };

  const bar = ([name, label, weight, left, width, tone]) => {
    const fill = el("i", tone);
    fill.setAttribute("style", `left:${left.toFixed(1)}%;width:${width.toFixed(1)}%`);
    return el("div", "bar", el("span", "part", name), el("span", "rung", bdi(label)), el("span", "track", fill),
      el("span", "weight", weight));
  };

  const waterfall = (m) => {
    const bars = el("div", "bars", ...m.bars.map(bar));
    bars.setAttribute("style", `--zero:${m.zero.toFixed(1)}%`);
    return bars;
  };

  const match = (m) => el("div", "match",
    el("p", "same", el("strong", "", "Why these are the same"), bdi(m.sentence), m.score ? el("span", "score", m.score) : null),
    el("p", "pair", m.pair), m.bars.length ? waterfall(m) : null,
    m.against ? el("p", "against", "Spoke against it: ", bdi(m.against)) : null,
    m.cap ? el("p", "cap", "Not graded higher: ", bdi(m.cap)) : null);

  const card = (c) => {
    const node = el("details", "card tone-" + c.tone);
    node.dataset.id = c.id;
    const sign = el("span", "sign", c.sign);
    sign.setAttribute("aria-hidden", "true");
    const gist = el("span", "gist", el("span", "line", bdi(c.who, "who"), el("span", "what", c.what)));
    if (c.new !== null) {
      const diff = el("span", c.ids ? "diff ids" : "diff");
      if (c.old !== null) {
        const arrow = el("span", "arrow", "→");
        arrow.setAttribute("aria-label", "becomes");
        diff.append(el("del", "", bdi(c.old)), arrow);
      }
      diff.append(el("ins", "", bdi(c.new)));
      gist.append(diff);
    }
    if (c.why) gist.append(bdi(c.why, "why"));
    const list = el("dl");
    if (c.long) list.append(...pairs("Old", bdi(c.long[0])), ...pairs("New", bdi(c.long[1])));
    for (const [label, value] of c.lines) list.append(...pairs(label, bdi(value)));
    if (c.reason) list.append(...pairs("Why no fix", bdi(c.reason)));
    if (c.wins) list.append(...pairs("Who wins", c.wins));
    list.append(...pairs("Records", el("ul", "records", ...c.records.map(record))));
    if (c.code) list.append(...pairs("Finding", `${c.code} ${c.title}`, c.since ? el("span", "since", `since ${c.since}`) : null));
    for (const sentence of c.evidence) list.append(...pairs("Evidence", bdi(sentence)));
    if (c.undo) list.append(el("dt", "", "Undo"), el("dd", "undo " + c.utone, c.undo));
    if (c.by) list.append(...pairs("Decided", bdi(c.by)));
    list.append(...pairs("Id", el("code", "", c.id)));
    const body = el("div", "body", c.said ? el("p", "said", bdi(c.said)) : null, list, ...c.matches.map(match));
    node.append(el("summary", "", sign, gist, el("span", "tags", el("span", "pill " + c.tone, c.state),
      el("span", "risk " + c.rtone, c.risk), el("code", "", c.code))), body);
    return node;
  };

  // What is asked for: facet → set of values, and words that must all occur.
  const asked = { q: "", facets: Object.fromEntries(FACETS.map(([key]) => [key, new Set()])) };
  const every = [...data.changes, ...data.findings];
  const titles = new Map(every.map((c) => [c.code, c.title]));
  const haystacks = new Map();
  const haystack = (c) => {
    if (!haystacks.has(c)) {
      haystacks.set(c, [c.id, c.who, c.what, c.old, c.new, c.why, c.reason, c.code, c.title, c.said, c.by, c.wins, c.state,
        ...c.lines.flat(), ...c.records.flat(), ...c.evidence].join("\n").toLocaleLowerCase());
    }
    return haystacks.get(c);
  };
  const terms = () => asked.q.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const passes = (c, words, except) => words.every((word) => haystack(c).includes(word)) &&
    FACETS.every(([key]) => key === except || !asked.facets[key].size || asked.facets[key].has(c.facets[key]));

  const lists = ["changes", "findings"].map((id) => {
    const section = byId(id);
    return { all: data[id], shown: [], drawn: 0, of: section.querySelector(".of"), rows: section.querySelector(".rows"),
      more: section.querySelector(".more"), none: section.querySelector(".none"), cut: section.querySelector(".cut") };
  });

  const draw = (list, upTo) => {
    const slice = list.shown.slice(list.drawn, upTo);
    list.rows.append(...slice.map(card));
    list.drawn += slice.length;
    const left = list.shown.length - list.drawn;
    list.more.hidden = left <= 0;
    list.more.textContent = `Show ${Math.min(left, SLICE).toLocaleString("en")} of ${left.toLocaleString("en")} more`;
  };

  const fill = () => {
    const words = terms();
    for (const list of lists) {
      list.shown = list.all.filter((c) => passes(c, words));
      list.drawn = 0;
      list.rows.replaceChildren();
      draw(list, FIRST);
      const all = list.all.length.toLocaleString("en");
      list.of.textContent = list.shown.length === list.all.length ? all : `${list.shown.length.toLocaleString("en")} of ${all}`;
    }
    facets(words);
    mark();
    remember();
  };

  const order = { high: 0, error: 0, medium: 1, warning: 1, low: 2, info: 2 };
  const facets = (words) => {
    const focused = document.activeElement?.dataset?.facet && [document.activeElement.dataset.facet, document.activeElement.dataset.value];
    const holder = byId("facet-list");
    holder.replaceChildren();
    for (const [key, label] of FACETS) {
      const totals = new Map();
      for (const c of every) if (c.facets[key]) totals.set(c.facets[key], 0);
      if (totals.size < 2) continue;
      for (const c of every) if (c.facets[key] && passes(c, words, key)) totals.set(c.facets[key], totals.get(c.facets[key]) + 1);
      const set = document.createElement("fieldset");
      set.className = "facet";
      set.append(el("legend", "", label));
      const values = [...totals].sort((a, b) => (key === "risk" ? order[a[0]] - order[b[0]] : key === "code" ? 0 : b[1] - a[1]) || (a[0] < b[0] ? -1 : 1));
      for (const [value, number] of values) {
        if (!number && !asked.facets[key].has(value)) continue;
        const button = el("button", "", el("span", "", key === "code" ? `${value} ${titles.get(value)}` : value), el("span", "", number.toLocaleString("en")));
        button.type = "button";
        button.title = button.firstChild.textContent;
        button.dataset.facet = key;
        button.dataset.value = value;
        button.setAttribute("aria-pressed", asked.facets[key].has(value));
        button.addEventListener("click", () => toggle(key, value));
        set.append(button);
        if (focused && focused[0] === key && focused[1] === value) queueMicrotask(() => button.focus());
      }
      if (set.childElementCount > 1) holder.append(set);
    }
  };

  const toggle = (key, value) => {
    const chosen = asked.facets[key];
    if (!chosen.delete(value)) chosen.add(value);
    fill();
  };

  const mark = () => {
    byId("clear").hidden = !asked.q && FACETS.every(([key]) => !asked.facets[key].size);
    for (const tile of document.querySelectorAll("button.tile")) tile.setAttribute("aria-pressed", asked.facets.state.has(tile.dataset.state));
  };

  // What is asked for stands in the address, so that a filtered report can be pointed at.
  const remember = () => {
    const parts = new URLSearchParams();
    if (asked.q) parts.set("q", asked.q);
    for (const [key] of FACETS) for (const value of asked.facets[key]) parts.append(key, value);
    try { history.replaceState(null, "", parts.size ? `#${parts}` : location.pathname + location.search); } catch { /* a page out of a mail may have no address */ }
  };
  const recall = () => {
    const parts = new URLSearchParams(location.hash.slice(1));
    asked.q = parts.get("q") ?? "";
    for (const [key] of FACETS) asked.facets[key] = new Set(parts.getAll(key));
    byId("q").value = asked.q;
  };

  let timer = 0;
  byId("q").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => { asked.q = event.target.value; fill(); }, every.length > 1500 ? 180 : 40);
  });
  byId("clear").addEventListener("click", (event) => {
    event.preventDefault();
    asked.q = byId("q").value = "";
    for (const [key] of FACETS) asked.facets[key].clear();
    fill();
  });
  for (const tile of document.querySelectorAll("button.tile")) {
    tile.addEventListener("click", () => { toggle("state", tile.dataset.state); byId("browse").scrollIntoView(); });
  }
  for (const family of document.querySelectorAll("button[data-family]")) {
    family.addEventListener("click", () => { toggle("family", family.dataset.family); byId("browse").scrollIntoView(); });
  }
  for (const list of lists) list.more.addEventListener("click", () => draw(list, list.drawn + SLICE));
  // Paper says what is not on it: a row may be missing for its number, or because a filter is set.
  addEventListener("beforeprint", () => {
    for (const list of lists) {
      draw(list, Math.min(list.shown.length, PRINTED));
      const [printed, shown, all] = [list.drawn, list.shown.length, list.all.length].map((n) => n.toLocaleString("en"));
      const first = list.drawn < list.shown.length ? `Printed are the first ${printed} of ${shown} rows. ` : "";
      const chosen = list.shown.length < list.all.length ? `The filters chose ${shown} of ${all} rows. ` : "";
      list.cut.hidden = !first && !chosen;
      list.cut.textContent = `${first}${chosen}All of them, as a table: ${list.cut.dataset.how}`;
    }
  });
  addEventListener("hashchange", () => { recall(); fill(); });

  const theme = byId("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  for (const rest of document.querySelectorAll(".rest")) rest.hidden = true;
  byId("facets").hidden = every.length === 0;
  byId("browse").classList.toggle("live", every.length > 0);
  if (matchMedia("(max-width: 1020px)").matches) byId("facets").querySelector("details").open = false;
  recall();
  fill();
})();

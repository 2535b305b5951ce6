"use strict";
// The page. Whatever the data holds becomes text nodes: nothing is ever parsed as HTML.
// A judgement is written to this browser's storage before it is sent, and leaves it only when the server says that it is kept.

const WORDS = JSON.parse(document.body.dataset.words);
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const $ = (id) => document.getElementById(id);

const page = { me: null, item: null, draft: null, active: 0, mode: "", spot: 0, cursor: null, spent: 0, since: 0, urls: [], shown: {}, history: [], busy: false };

// ---- storage -------------------------------------------------------------------------------------------------------
// IndexedDB, read once into memory: unlike localStorage it is on disk when it says so, also for a browser that is killed.

const memory = new Map();
let base = null; // null where the browser refuses storage: then what is said lives as long as the page

function opened() {
  return new Promise((resolve) => {
    const request = indexedDB.open("veridical", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("kept");
    request.onerror = request.onblocked = () => resolve(null);
    request.onsuccess = () => resolve(request.result);
  });
}
async function recall() {
  try { base = await opened(); } catch { base = null; }
  if (base) await transact("readonly", "relaxed", (kept) => { kept.openCursor().onsuccess = ({ target }) => { if (target.result) { memory.set(target.result.key, target.result.value); target.result.continue(); } }; });
}
function transact(mode, durability, act) {
  if (!base) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const transaction = base.transaction("kept", mode, { durability });
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
    act(transaction.objectStore("kept"));
  });
}
function store(name, value, durability = "relaxed") {
  memory.set(name, value);
  return transact("readwrite", durability, (kept) => kept.put(value, name)).catch(() => {}); // memory still has it
}
function stored(name) { return memory.has(name) ? memory.get(name) : null; }
function forget(name) {
  memory.delete(name);
  return transact("readwrite", "relaxed", (kept) => kept.delete(name)).catch(() => {}); // sent once more, it changes nothing
}
function names(prefix) { return [...memory.keys()].filter((name) => name.startsWith(prefix)).sort(); }

// ---- words ---------------------------------------------------------------------------------------------------------

function language() { return stored("language") || document.body.dataset.language; }
function say(word) { return WORDS[language()][word]; }
function translate() {
  document.documentElement.lang = language();
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  for (const one of document.querySelectorAll("button[data-key]")) one.title = one.dataset.key;
}

// ---- elements ------------------------------------------------------------------------------------------------------

function make(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value); else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...[content].flat().filter((one) => one !== null && one !== undefined).map((one) => (one instanceof Node ? one : String(one))));
  return made;
}
function show(id, seen) { $(id).hidden = !seen; }

// ---- the server ----------------------------------------------------------------------------------------------------

class Unwanted extends Error { constructor(code, message) { super(message); this.code = code; } }

async function call(path, body, token = stored("token")) {
  const options = { headers: { Authorization: `Bearer ${token}` }, method: body === undefined ? "GET" : "POST" };
  if (body !== undefined) options.body = body;
  const answer = await fetch(path, options);
  if (answer.status >= 400 && answer.status < 500) throw new Unwanted(answer.status, (await answer.json()).error);
  if (!answer.ok) throw new Error(`the server answers ${answer.status}`);
  return answer;
}
async function get(path, body) { return (await call(path, body)).json(); }

// ---- sending -------------------------------------------------------------------------------------------------------

const QUEUE = "queue:", REFUSED = "refused:";
let sending = null, patience = 500;

async function enqueue(said) {
  const name = `${QUEUE}${String(Date.now()).padStart(15, "0")}:${said.client_id}`;
  await store(name, JSON.stringify({ token: stored("token"), item: said.item, client_id: said.client_id, body: JSON.stringify(said) }), "strict");
  send();
}
function queued() { return names(QUEUE).map((name) => JSON.parse(stored(name))); }
function send() {
  sending = sending || flush().finally(() => { sending = null; tell(); });
  return sending;
}
async function flush() {
  for (const name of names(QUEUE)) {
    const content = stored(name);
    if (content === null) continue;
    const one = JSON.parse(content);
    try {
      const answer = await (await call("/api/judgement", one.body, one.token)).json();
      if (answer.kept !== one.client_id) throw new Error("the answer is to something else");
      forget(name);
      patience = 500;
    } catch (error) {
      if (error instanceof Unwanted) {
        store(REFUSED + name.slice(QUEUE.length), JSON.stringify({ ...one, why: error.message }));
        forget(name);
        continue;
      }
      setTimeout(send, patience);
      patience = Math.min(patience * 2, 15000);
      return;
    }
    tell();
  }
}
function tell() {
  const left = names(QUEUE).length, refused = names(REFUSED);
  const state = $("state");
  state.className = refused.length || (left && patience > 500) ? "wrong" : left ? "waiting" : "";
  state.textContent = refused.length ? say("refused") + JSON.parse(stored(refused[0])).why : left ? say(patience > 500 ? "offline" : "sending") + left : page.me && !page.me.owner ? say("kept") : "";
}

// ---- an item -------------------------------------------------------------------------------------------------------

function fresh() { return { ranks: {}, aspects: {}, corrections: {}, spans: {}, comment: "", flag: false }; }
function draftName() { return `draft:${page.me.name}:${page.item.item}`; }
function changed() { store(draftName(), JSON.stringify(page.draft)); $("problem").textContent = ""; draw(); }
function responses() { return page.item.responses; }
function active() { return responses()[page.active]; }

async function following() {
  const without = queued().map((one) => one.item);
  open(await get("/api/next", JSON.stringify({ without })));
}
function open(item) {
  for (const url of page.urls) URL.revokeObjectURL(url);
  Object.assign(page, { urls: [], shown: {}, item, active: 0, mode: "", spot: 0, cursor: null, spent: 0, since: performance.now() });
  if (item.item === null) return finished();
  const kept = stored(draftName());
  page.draft = { ...fresh(), ...(kept ? JSON.parse(kept) : restored(item)) };
  show("message", false); show("main", true); show("comment", Boolean(page.draft.comment));
  $("comment").value = page.draft.comment;
  drawPrompt();
  draw();
  window.scrollTo(0, 0);
}
function restored(item) { // what the server keeps counts in code points, strings here in units of UTF-16
  if (!item.said || item.said.skip) return { comment: item.said ? item.said.comment : "", flag: Boolean(item.said && item.said.flag) };
  const spans = {};
  for (const { key, text } of item.responses) {
    const points = Array.from(text);
    if (item.said.spans[key]) spans[key] = item.said.spans[key].map((one) => ({ start: points.slice(0, one.start).join("").length, end: points.slice(0, one.end).join("").length, label: one.label }));
  }
  const { ranks, aspects, corrections, comment, flag } = item.said;
  return { ranks, aspects, corrections, comment, flag, spans };
}
function finished() {
  show("main", false); show("message", true);
  $("message").replaceChildren(make("h2", say("finished")), make("p", say("finished_more")));
}
function seconds() { return (page.spent + (page.since ? performance.now() - page.since : 0)) / 1000; }

function missing() {
  const count = responses().length, ask = page.me.ask;
  if (count > 1 && Object.keys(page.draft.ranks).length < count) return count === 2 ? "missing_rank" : "missing_ranks";
  const whole = ({ key }) => Object.keys(ask.aspects).every((name) => (page.draft.aspects[key] || {})[name] !== undefined);
  return responses().every(whole) ? "" : "missing_marks";
}
async function judge(skip) {
  if (page.busy || !page.item || page.item.item === null) return;
  const problem = skip ? "" : missing();
  if (problem) { $("problem").textContent = say(problem); return; }
  const { comment, flag, ranks, aspects } = page.draft;
  const said = { client_id: crypto.randomUUID ? crypto.randomUUID() : random(), item: page.item.item, seconds: seconds(), skip, flag, comment };
  if (!skip) Object.assign(said, { ranks, aspects: Object.keys(page.me.ask.aspects).length ? aspects : {}, corrections: page.draft.corrections, spans: points() });
  page.busy = true;
  await enqueue(said);
  forget(draftName());
  if (!page.history.includes(said.item)) page.history.push(said.item);
  count();
  step(following);
}
function random() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }
function points() {
  const found = {};
  for (const { key, text } of responses()) {
    const own = page.draft.spans[key] || [];
    if (own.length) found[key] = own.map(({ start, end, label }) => ({ start: Array.from(text.slice(0, start)).length, end: Array.from(text.slice(0, end)).length, text: text.slice(start, end), label }));
  }
  return found;
}
async function step(go) { // a server that is away is asked again until it is back
  page.busy = true;
  for (let wait = 300; ; wait = Math.min(wait * 2, 8000)) {
    try { await go(); break; } catch (error) {
      if (error instanceof Unwanted) { refused(error); break; }
      $("state").className = "wrong"; $("state").textContent = say("offline") + names(QUEUE).length;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
  page.busy = false;
  tell();
}
function refused(error) {
  show("main", false); show("message", true);
  $("message").replaceChildren(make("h2", error.code === 401 ? say("no_token") : error.message));
}
function back() {
  if (page.busy) return;
  const here = page.item && page.history.indexOf(page.item.item);
  const before = here > 0 ? page.history[here - 1] : here === 0 ? null : page.history[page.history.length - 1];
  if (before) step(async () => { await send(); open(await get(`/api/item/${before}`)); });
}
function count() {
  const total = page.me.items, done = page.history.length;
  $("count").textContent = `${done} ${say("done")}`;
  $("meter").firstElementChild.style.width = `${Math.min(100, (100 * done) / Math.max(1, total))}%`;
}

// ---- drawing -------------------------------------------------------------------------------------------------------

function drawPrompt() {
  const { prompt } = page.item, only = prompt.length === 1;
  $("prompt").replaceChildren(...prompt.map((turn) => make("div", [make("h2", only ? say("request") : say(turn.role)), ...grouped(turn.parts)], { class: "turn" })));
}
function grouped(parts) {
  const pictures = parts.filter((part) => part.type !== "text"), texts = parts.filter((part) => part.type === "text" && part.text.trim());
  const shown = pictures.map(medium);
  return [shown.length ? make("div", shown, { class: `media${shown.length > 1 ? " many" : ""}` }) : null, ...texts.map((part) => make("p", part.text, { class: "words" }))];
}
function medium(part) {
  if (part.type === "video" || part.type === "audio") return load(make(part.type, [], { controls: true, class: part.type }), part.media[0]);
  if (part.type === "frames" || part.media.length > 1) return clip(part.media);
  const picture = make("img", [], { alt: "", tabindex: "-1", onclick: (event) => event.currentTarget.classList.toggle("large") });
  return load(picture, part.media[0]);
}
function clip(media) {
  const frames = media.map((name) => load(make("img", [], { alt: "" }), name));
  const place = make("input", [], { type: "range", min: "0", max: String(frames.length - 1), value: "0" });
  const told = make("span", "");
  let running = 0;
  const turn = (to) => {
    frames.forEach((frame, number) => { frame.hidden = number !== to; });
    place.value = String(to);
    told.textContent = `${say("frame")} ${to + 1}/${frames.length}`;
  };
  const button = make("button", say("play"), { type: "button", onclick: () => {
    if (running) { clearInterval(running); running = 0; } else running = setInterval(() => turn((Number(place.value) + 1) % frames.length), 400);
    button.textContent = say(running ? "pause" : "play");
  } });
  place.addEventListener("input", () => turn(Number(place.value)));
  turn(0);
  return make("div", [...frames, make("div", [button, place, told], { class: "frames" })], { class: "clip" });
}
function load(element, name) {
  call(`/api/media/${name}`).then((answer) => answer.blob()).then((blob) => {
    const url = URL.createObjectURL(blob);
    page.urls.push(url);
    element.src = url;
  }).catch((error) => {
    if (error instanceof Unwanted) element.replaceWith(make("p", say("no_medium"), { class: "missing" })); else setTimeout(() => load(element, name), 2000);
  });
  return element;
}

function draw() {
  const shown = responses(), two = shown.length === 2;
  $("task").textContent = say(shown.length === 1 ? "judge_one" : two ? "which_better" : "which_order");
  $("responses").className = two ? "two" : shown.length > 2 ? "several" : "one";
  $("responses").replaceChildren(...shown.map(card));
  show("tie", two);
  $("tie").setAttribute("aria-pressed", String(two && tied()));
  $("flag").setAttribute("aria-pressed", String(page.draft.flag));
  $("flag").textContent = say(page.draft.flag ? "flagged" : "flag");
  const editor = document.querySelector("textarea.correction");
  if (editor && document.activeElement !== editor) { editor.focus(); editor.setSelectionRange(editor.value.length, editor.value.length); }
}
function tied() { return Object.keys(page.draft.ranks).length === 2 && new Set(Object.values(page.draft.ranks)).size === 1; }

function card(response, place) {
  const { key } = response, here = place === page.active, two = responses().length === 2;
  const best = two && page.draft.ranks[key] === 1 && !tied();
  const head = [make("strong", `${say("response")} ${LETTERS[place] || place + 1}`)];
  if (page.draft.corrections[key] !== undefined) head.push(make("em", say("corrected"), { class: "badge" }));
  if (two) head.push(make("button", [say("better"), make("kbd", place + 1)], { type: "button", class: "choose", "aria-pressed": String(best), onclick: () => prefer(place) }));
  if (responses().length > 2) head.push(ranks(response, place));
  const body = page.mode === "edit" && here ? editor(response) : make("p", text(response, here && page.mode === "mark"), { class: "words text", lang: "" });
  return make("article", [make("header", head), own(response), body, tools(response, place), marks(response, place)], { class: `card${here ? " active" : ""}${best ? " best" : ""}`, "data-place": place });
}
function own({ key, media }) { // a response's own pictures and sounds, loaded once
  if (!media.length) return null;
  page.shown[key] = page.shown[key] || make("div", media.map(medium), { class: `media${media.length > 1 ? " many" : ""}` });
  return page.shown[key];
}
function ranks({ key }, place) {
  const buttons = responses().map((_, number) => make("button", number + 1, { type: "button", "aria-pressed": String(page.draft.ranks[key] === number + 1), onclick: () => { page.active = place; page.draft.ranks[key] = number + 1; changed(); } }));
  return make("span", [`${say("rank")} `, ...buttons], { class: "ranks" });
}
function tools({ key }, place) {
  const { correct, labels } = page.me.ask, here = place === page.active, made = [];
  const button = (words, hint, act, pressed = false) => make("button", [words, hint ? make("kbd", hint) : null], { type: "button", "aria-pressed": String(pressed), onclick: () => { page.active = place; act(); } });
  if (correct) made.push(here && page.mode === "edit" ? button(say("done_correcting"), "Esc", leave, true) : button(say("correct"), here ? "e" : "", edit));
  if (page.draft.corrections[key] !== undefined) made.push(button(say("undo_correction"), "", () => { delete page.draft.corrections[key]; leave(); }));
  labels.forEach((label, number) => made.push(button(`${say("mark")}: ${label}`, here ? (number ? "" : "h") : "", () => mark(number), here && page.mode === "mark")));
  if ((page.draft.spans[key] || []).length) made.push(button(say("unmark"), "", () => { page.draft.spans[key] = page.draft.spans[key].slice(0, -1); changed(); }));
  return make("div", made, { class: "tools" });
}
function marks({ key }, place) {
  const { aspects, low, high } = page.me.ask, rows = Object.entries(aspects);
  if (!rows.length) return null;
  const own = page.draft.aspects[key] || {};
  return make("div", rows.map(([name, meaning], row) => make("div", [make("span", name, { title: meaning }), make("span", Array.from({ length: high - low + 1 }, (_, step) => low + step).map((value) =>
    make("button", value, { type: "button", "aria-label": `${name} ${value}`, "aria-pressed": String(own[name] === value), onclick: () => { page.active = place; give(key, name, value); changed(); } })))],
  { class: `aspect${page.mode === "aspects" && page.spot === place * rows.length + row ? " active" : ""}` })), { class: "aspects" });
}
function give(key, name, value) { page.draft.aspects[key] = { ...(page.draft.aspects[key] || {}), [name]: value }; }

// ---- text: marks, the cursor of words, corrections -------------------------------------------------------------------

function text({ key, text: original }, marking) {
  const corrected = page.draft.corrections[key], spans = page.draft.spans[key] || [];
  if (corrected === undefined || marking) return marked(original, 0, original.length, spans, marking ? page.cursor : null);
  let at = 0;
  return difference(original, corrected).flatMap(([kind, piece]) => {
    if (kind === "ins") return make("ins", piece);
    const start = at;
    at += piece.length;
    const shown = marked(original, start, at, spans, null);
    return kind === "del" ? make("del", shown) : shown;
  });
}
function marked(original, from, to, spans, cursor) { // a stretch of a response, cut where marks and the cursor begin and end
  const edges = [from, to, ...spans.flatMap((one) => [one.start, one.end]), ...(cursor ? [cursor.start, cursor.end] : [])].filter((edge) => edge >= from && edge <= to);
  const cuts = [...new Set(edges)].sort((one, other) => one - other);
  return cuts.slice(1).map((end, number) => {
    const start = cuts[number], span = spans.find((one) => one.start <= start && end <= one.end), under = cursor && cursor.start <= start && end <= cursor.end;
    const piece = original.slice(start, end);
    return span || under ? make(span ? "mark" : "span", piece, { class: under ? "cursor" : "", title: span ? span.label : "" }) : piece;
  });
}
function words(content) { return [...content.matchAll(/\s*(?:[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]|[\p{L}\p{N}_]+|[^\s])|\s+/gu)].map((found) => found[0]); }
function difference(before, after) {
  const ours = words(before), theirs = words(after);
  if (ours.length * theirs.length > 4e6) return [["del", before], ["ins", after]];
  const best = Array.from({ length: ours.length + 1 }, () => new Uint32Array(theirs.length + 1));
  for (let i = ours.length - 1; i >= 0; i--) for (let j = theirs.length - 1; j >= 0; j--) best[i][j] = ours[i] === theirs[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
  const found = [], put = (kind, piece) => { if (found.length && found[found.length - 1][0] === kind) found[found.length - 1][1] += piece; else found.push([kind, piece]); };
  for (let i = 0, j = 0; i < ours.length || j < theirs.length;) {
    if (i < ours.length && j < theirs.length && ours[i] === theirs[j]) { put("same", ours[i]); i++; j++; }
    else if (i < ours.length && (j === theirs.length || best[i + 1][j] >= best[i][j + 1])) put("del", ours[i++]);
    else put("ins", theirs[j++]);
  }
  return found;
}
function editor({ key, text: original }) {
  const box = make("textarea", page.draft.corrections[key] ?? original, { class: "correction", rows: "8", "aria-label": say("correct") });
  box.addEventListener("input", () => {
    if (box.value === original) delete page.draft.corrections[key]; else page.draft.corrections[key] = box.value;
    store(draftName(), JSON.stringify(page.draft));
  });
  return box;
}
function edit() { if (page.me.ask.correct) { page.mode = "edit"; draw(); } }
function leave() {
  const { key } = active();
  if (page.mode === "edit" && page.draft.corrections[key] !== undefined && !page.draft.corrections[key].trim()) delete page.draft.corrections[key];
  Object.assign(page, { mode: "", cursor: null });
  changed();
}
function mark(label) {
  if (!page.me.ask.labels.length) return;
  const chosen = selected();
  if (chosen) return put(chosen, label);
  page.mode = page.mode === "mark" ? "" : "mark";
  page.cursor = page.mode ? word(0) : null;
  draw();
}
function selected() {
  const choice = getSelection(), body = document.querySelector(`[data-place="${page.active}"] .text`);
  if (!choice.rangeCount || choice.isCollapsed || !body || body.textContent !== active().text) return null;
  const range = choice.getRangeAt(0);
  if (!body.contains(range.startContainer) || !body.contains(range.endContainer)) return null;
  const before = document.createRange();
  before.setStart(body, 0); before.setEnd(range.startContainer, range.startOffset);
  const start = before.toString().length, content = range.toString();
  choice.removeAllRanges();
  return trimmed({ start, end: start + content.length });
}
function trimmed({ start, end }) {
  const { text: whole } = active(), content = whole.slice(start, end), lead = content.length - content.trimStart().length;
  return content.trim() ? { start: start + lead, end: start + lead + content.trim().length } : null;
}
function put(span, label) {
  const { key } = active();
  const apart = (page.draft.spans[key] || []).filter((one) => one.end <= span.start || span.end <= one.start); // a new mark takes the place of those that it touches
  page.draft.spans[key] = [...apart, { ...span, label: page.me.ask.labels[label] }].sort((one, other) => one.start - other.start);
  changed();
}
function starts() {
  let at = 0;
  return words(active().text).map((piece) => { const lead = piece.length - piece.trimStart().length, found = { start: at + lead, end: at + piece.length }; at += piece.length; return found; }).filter((one) => one.start < one.end);
}
function word(number) { const all = starts(); return all.length ? { ...all[Math.max(0, Math.min(all.length - 1, number))] } : null; }
function move(by, widen) {
  const all = starts();
  if (!page.cursor || !all.length) return;
  const first = all.findIndex((one) => one.start === page.cursor.start), last = all.findIndex((one) => one.end === page.cursor.end);
  if (!widen) page.cursor = word(by > 0 ? last + 1 : first - 1);
  else if (by > 0) page.cursor.end = all[Math.min(all.length - 1, last + 1)].end;
  else page.cursor.end = all[Math.max(first, last - 1)].end;
  draw();
}

// ---- acts ----------------------------------------------------------------------------------------------------------

function prefer(place) { // -1: a tie
  for (const [number, { key }] of responses().entries()) page.draft.ranks[key] = place < 0 || number === place ? 1 : 2;
  if (place >= 0) page.active = place;
  page.mode = "";
  towardsMarks();
  changed();
}
function place(rank) {
  page.draft.ranks[active().key] = rank;
  const open = responses().findIndex(({ key }) => page.draft.ranks[key] === undefined);
  if (open >= 0) page.active = open; else towardsMarks();
  changed();
}
function towardsMarks() { if (missing() === "missing_marks") { page.mode = "aspects"; page.spot = 0; page.active = 0; } }
function aspect(value) {
  const rows = Object.keys(page.me.ask.aspects);
  give(responses()[Math.floor(page.spot / rows.length)].key, rows[page.spot % rows.length], value);
  page.spot += 1;
  if (page.spot === rows.length * responses().length) page.mode = ""; else page.active = Math.floor(page.spot / rows.length);
  changed();
}
function go(by) { page.active = (page.active + by + responses().length) % responses().length; Object.assign(page, { mode: "", cursor: null }); draw(); }
function comment() { show("comment", true); $("comment").focus(); }

function pressed(event) {
  if ($("guide").open || !page.item || page.item.item === null || page.me.owner || event.ctrlKey && event.key !== "Enter" || event.metaKey || event.altKey) return;
  const writing = event.target.tagName === "TEXTAREA";
  if (event.key === "Escape") { if (writing) event.target.blur(); if (page.mode) leave(); return; }
  if (event.key === "Enter" && event.ctrlKey) { leave(); return judge(false); }
  if (writing || event.target.tagName === "INPUT" || (event.target.tagName === "BUTTON" && ["Enter", " "].includes(event.key))) return;
  const act = acts(event);
  if (act) { event.preventDefault(); act(); }
}
function acts(event) {
  const { key } = event, digit = /^[0-9]$/.test(key) ? Number(key) : null, { low, high, labels } = page.me.ask, many = responses().length;
  if (page.mode === "mark") {
    if (key === "ArrowRight" || key === "ArrowLeft") return () => move(key === "ArrowRight" ? 1 : -1, event.shiftKey);
    if (page.cursor && (key === "Enter" || (digit && digit <= labels.length))) return () => put({ ...page.cursor }, digit ? digit - 1 : 0);
  }
  if (page.mode === "aspects" && digit !== null) return digit >= low && digit <= high ? () => aspect(digit) : null;
  if (digit !== null && many === 2) return digit <= 3 ? () => prefer(digit === 1 ? 0 : digit === 2 ? 1 : -1) : null;
  if (digit !== null && many > 2) return digit === 0 ? () => { page.draft.ranks = {}; page.active = 0; changed(); } : digit <= many ? () => place(digit) : null;
  return {
    ArrowRight: () => go(1), ArrowLeft: () => go(-1), j: () => go(1), k: () => go(-1), e: edit, h: () => mark(0), c: comment, s: () => judge(true), Backspace: back, Enter: () => judge(false), "?": guide,
    f: () => { page.draft.flag = !page.draft.flag; changed(); }, a: () => { if (Object.keys(page.me.ask.aspects).length) { page.mode = "aspects"; page.spot = page.active * Object.keys(page.me.ask.aspects).length; draw(); } },
  }[key];
}

// ---- guide and owner -------------------------------------------------------------------------------------------------

function guide() {
  $("guide-text").textContent = page.me.ask.guide;
  const rows = [["1 2 0", "key_choose"], ["← →", "key_move"], ["a 1–5", "key_aspects"], ["e", "key_edit"], ["h", "key_mark"], ["c", "key_comment"], ["f", "key_flag"], ["s", "key_skip"], ["⌫", "key_back"], ["Enter", "key_next"], ["?", "key_guide"]];
  $("keys").replaceChildren(...rows.flatMap(([key, word]) => [make("dt", make("kbd", key)), make("dd", say(word))]));
  if (!$("guide").open) $("guide").showModal();
}
function table(head, rows) {
  return make("table", [make("thead", make("tr", head.map((word) => make("th", word)))), make("tbody", rows.map((row) => make("tr", row.map((cell) => make("td", cell)))))]);
}
function share(value) { return value === null ? "–" : value.toFixed(2); }
async function owner() {
  const found = await get("/api/progress");
  const percent = (value) => (value === null ? "–" : `${Math.round(100 * value)}%`);
  const facts = [["items_judged", `${found.judged} ${say("of")} ${found.items} × ${found.each}`], ["judgements", found.judgements], ["alpha", share(found.alpha)], ...Object.entries(found.aspects).map(([name, value]) => [null, share(value), `α ${name}`])];
  const people = found.people.map((one) => [one.name, one.judged, one.skipped, one.flagged, one.seconds === null ? "–" : Math.round(one.seconds), percent(one.agrees), `${one.gold[0]} ${say("of")} ${one.gold[1]}`]);
  $("owner").replaceChildren(
    make("div", facts.map(([word, value, title]) => make("div", [make("b", value), make("span", title || say(word))], { class: "fact" })), { class: "facts" }),
    people.length ? table(["name", "judged", "skipped", "flags", "seconds", "agrees", "gold"].map(say), people) : make("p", say("nobody")),
    found.kappas.length ? table([say("name"), say("kappa"), say("shared")], found.kappas.map((one) => [one.people.join(" · "), share(one.kappa), one.shared])) : "",
    found.flagged.length ? table([say("flags"), say("name"), say("comment")], found.flagged.map((one) => [one.record, one.person, one.comment])) : "",
  );
  show("owner", true);
}

// ---- beginning -------------------------------------------------------------------------------------------------------

async function begin() {
  await recall();
  if (location.hash.length > 1) {
    await store("token", decodeURIComponent(location.hash.slice(1)), "strict");
    history.replaceState(null, "", location.pathname);
  }
  translate();
  if (!stored("token")) return refused(new Unwanted(401, ""));
  send();
  await step(async () => {
    page.me = await get("/api/me");
    if (page.me.owner) { await owner(); setInterval(() => owner().catch(() => {}), 5000); return; }
    page.history = page.me.done.filter((item, number, all) => all.indexOf(item) === number);
    for (const one of queued()) if (!page.history.includes(one.item)) page.history.push(one.item);
    count();
    await following();
    if (page.me.ask.guide && !stored(`guided:${page.me.name}`)) { guide(); store(`guided:${page.me.name}`, "yes"); }
  });
}
function listen() {
  document.addEventListener("keydown", pressed);
  document.addEventListener("click", (event) => { if (event.detail && event.target.closest("button")) event.target.closest("button").blur(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) { page.spent += page.since ? performance.now() - page.since : 0; page.since = 0; } else page.since = performance.now(); });
  window.addEventListener("online", send);
  window.addEventListener("hashchange", () => { if (location.hash.length > 1) location.reload(); });
  $("comment").addEventListener("input", () => { page.draft.comment = $("comment").value; store(draftName(), JSON.stringify(page.draft)); });
  $("next").addEventListener("click", () => judge(false));
  $("skip").addEventListener("click", () => judge(true));
  $("tie").addEventListener("click", () => prefer(-1));
  $("back").addEventListener("click", back);
  $("comment-button").addEventListener("click", comment);
  $("flag").addEventListener("click", () => { page.draft.flag = !page.draft.flag; changed(); });
  $("guide-button").addEventListener("click", () => { if (page.me && !page.me.owner) guide(); });
  $("guide-close").addEventListener("click", () => $("guide").close());
  $("language").addEventListener("click", () => {
    store("language", language() === "en" ? "zh" : "en");
    translate();
    if (page.me && page.me.owner) owner(); else if (page.item && page.item.item !== null) { drawPrompt(); draw(); count(); } else if (page.item) finished();
    tell();
  });
}

listen();
begin();

"use strict";
// The page of a chat. Whatever people and models write becomes text nodes: nothing is ever parsed as HTML.

const WORDS = JSON.parse(document.body.dataset.words);
const $ = (id) => document.getElementById(id);
const page = { token: "", me: null, picture: "", turn: null, after: "", busy: false, since: 0, language: document.body.dataset.language };

function say(word) { return WORDS[page.language][word]; }
function translate() {
  document.documentElement.lang = page.language;
  for (const one of document.querySelectorAll("[data-word]")) one.textContent = say(one.dataset.word);
  $("text").placeholder = say("question");
}
function make(tag, content, attributes = {}) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") made.addEventListener("click", value); else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...[content].flat());
  return made;
}
function named() { return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""); }

// ---- the server ----------------------------------------------------------------------------------------------------

async function call(path, body) {
  const options = { headers: { Authorization: `Bearer ${page.token}` } };
  if (body !== undefined) Object.assign(options, { method: "POST", body: JSON.stringify(body) });
  const answer = await fetch(path, options);
  if (answer.ok) return answer;
  throw new Error((await answer.json().catch(() => ({}))).error || `the server answers ${answer.status}`);
}
async function insist(path, body) { // what was asked or voted has an id of its own, so it may be sent again
  for (let wait = 500; ; wait = Math.min(wait * 2, 8000)) {
    try { return await (await call(path, body)).json(); } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      $("state").className = "wrong"; $("state").textContent = say("failed") + error.message;
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
async function image(name) {
  const made = make("img", [], { alt: "" });
  made.src = URL.createObjectURL(await (await call(`/api/picture/${name}`)).blob());
  return made;
}

// ---- asking and voting ---------------------------------------------------------------------------------------------

async function guarded(work) {
  if (page.busy) return;
  page.busy = true; $("send").disabled = true; $("problem").textContent = "";
  try { await work(); } catch (error) { $("problem").textContent = error.message; }
  page.busy = false; draw();
}
function ask() {
  const text = $("text").value.trim();
  if (!text || (page.turn && !page.turn.voted)) return;
  guarded(async () => {
    $("state").className = "waiting"; $("state").textContent = say("waiting");
    const found = await insist("/api/ask", { client_id: named(), text, picture: page.after ? "" : page.picture, after: page.after });
    page.turn = { ...found, text, voted: false };
    page.since = performance.now();
    $("text").value = ""; $("state").textContent = "";
    show(page.turn);
  });
}
function vote(kind, key) {
  if (!page.turn || page.turn.voted) return;
  guarded(async () => {
    const turn = page.turn, seconds = (performance.now() - page.since) / 1000;
    const found = await insist("/api/vote", { client_id: named(), turn: turn.turn, vote: kind, better: key, seconds });
    Object.assign(turn, { voted: true });
    page.after = kind === "bad" ? "" : turn.turn;
    page.me.votes += 1;
    $("state").className = ""; $("state").textContent = say("kept") + page.me.votes;
    for (const { key: own } of turn.answers) {
      const card = $(`answer-${own}`);
      card.classList.toggle("best", own === key || kind === "tie");
      card.querySelector(".who").textContent = found.models ? found.models[own] : "";
    }
    $(`votes-${turn.turn}`).replaceChildren(say(kind === "bad" ? "ended" : "goes_on"));
    $("text").focus();
  });
}
function show(turn) {
  const [left, right] = turn.answers.map((one) => one.key);
  const cards = turn.answers.map(({ key, text }) => make("article", [make("p", [], { class: "who" }), make("p", text, { class: "words" })], { class: "card", id: `answer-${key}` }));
  const button = (word, kind, key, letter) => make("button", say(word), { type: "button", "data-key": letter, onclick: () => vote(kind, key) });
  const votes = make("nav", [button("left", "better", left, "1"), button("right", "better", right, "2"), button("tie", "tie", "", "0"), button("bad", "bad", "", "x")], { id: `votes-${turn.turn}` });
  $("turns").append(make("div", [make("h2", say("asked")), make("p", turn.text, { class: "words" }), make("div", cards, { class: "answers" }), votes], { class: "turn" }));
  votes.scrollIntoView({ block: "nearest" });
}
function anew() {
  Object.assign(page, { turn: null, after: "" });
  $("turns").replaceChildren();
  draw();
}
async function choose(name) {
  if (page.busy) return;
  page.picture = page.picture === name ? "" : name;
  anew();
  $("picture").replaceChildren(...(page.picture ? [await image(page.picture)] : []));
}
function draw() {
  $("send").disabled = page.busy || Boolean(page.turn && !page.turn.voted);
  for (const one of $("pictures").children) one.setAttribute("aria-pressed", String(one.dataset.name === page.picture));
}

// ---- beginning -----------------------------------------------------------------------------------------------------

function table(standing) {
  const lines = [...standing.wins.map(([name, wins]) => `${name}: ${wins} ${say("wins")}`), `${say("tie")}: ${standing.ties}`, `${say("bad")}: ${standing.both_bad}`];
  return [make("h2", `${say("votes")}: ${standing.votes}`), ...lines.map((line) => make("p", line))];
}
async function begin() {
  translate();
  page.token = location.hash.slice(1) || sessionStorage.getItem("token") || "";
  if (location.hash) { sessionStorage.setItem("token", page.token); history.replaceState(null, "", location.pathname); }
  try { page.me = await (await call("/api/me")).json(); } catch (error) { return tell([make("h2", page.token ? error.message : say("no_token"))]); }
  if (page.me.owner) return tell(table(await (await call("/api/standing")).json()));
  $("main").hidden = false;
  for (const name of page.me.pictures) $("pictures").append(make("button", await image(name), { type: "button", "data-name": name, onclick: () => choose(name) }));
  if (page.me.pictures.length) await choose(page.me.pictures[0]);
  draw();
}
function tell(content) { $("message").hidden = false; $("message").replaceChildren(...content); }

$("ask").addEventListener("submit", (event) => { event.preventDefault(); ask(); });
$("text").addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ask(); } });
$("anew").addEventListener("click", () => { if (!page.busy) anew(); });
$("language").addEventListener("click", () => { page.language = page.language === "en" ? "zh" : "en"; translate(); });
document.addEventListener("keydown", (event) => {
  if (event.target === $("text") || event.ctrlKey || event.metaKey || event.altKey || !page.turn || page.turn.voted) return;
  const [left, right] = page.turn.answers.map((one) => one.key);
  ({ 1: () => vote("better", left), 2: () => vote("better", right), 0: () => vote("tie", ""), x: () => vote("bad", "") })[event.key]?.();
});
begin();

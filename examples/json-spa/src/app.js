const part = (id) => document.getElementById(id);

// The session is in a cookie that no script can read. Nothing is kept here.
async function ask(path, body) {
  const answer = await fetch(path, body && {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const isJson = /json/.test(answer.headers.get("content-type"));
  return { status: answer.status, body: isJson ? await answer.json() : null };
}

function show({ status, body }) {
  const isLoggedIn = status === 200;
  part("login").hidden = isLoggedIn;
  part("logout").hidden = !isLoggedIn;
  part("name").textContent = isLoggedIn ? body.name : "";
}

part("login").addEventListener("submit", async (event) => {
  event.preventDefault();
  const answer = await ask("/api/login", Object.fromEntries(new FormData(event.target)));
  part("problem").textContent = answer.status === 200 ? "" : (answer.body?.detail ?? "please try again");
  show(answer);
});

part("logout").addEventListener("submit", async (event) => {
  event.preventDefault();
  await ask("/api/logout", {});
  show(await ask("/api/me"));
});

show(await ask("/api/me"));

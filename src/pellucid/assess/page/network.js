"use strict";
// Unpacks the program of the network's drawing, which is within the page, and draws.
(async () => {
  const place = document.getElementById("network-place");
  if (!place) return;
  const text = atob(document.getElementById("network-program").textContent);
  const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  place.replaceChildren();
  const view = new window.PellucidNetwork(place);
  view.update(JSON.parse(document.getElementById("network-told").textContent));
})();

// The computer's side of signing in by telephone, faster than the page's own refresh.
(() => {
  const place = document.querySelector("[data-qr-state]");
  if (!place) return;
  const finish = document.querySelector("[data-qr-finish]");
  if (finish) return void finish.submit();
  if (place.dataset.qrState !== "asked") return;
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.qrAsk, { headers: { Accept: "application/json" } });
      if (answer.ok && (await answer.json()).state !== "asked") return void location.reload();
    } catch (error) {
      // no network for a moment: ask again
    }
    setTimeout(ask, 1500);
  };
  setTimeout(ask, 1500);
})();

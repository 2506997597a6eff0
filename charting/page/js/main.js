// The page's beginning: which contract, then all parts of it.

const asked = new URLSearchParams(location.search);
document.body.classList.toggle("embedded", asked.has("embed"));

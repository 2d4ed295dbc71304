/* Language, theme, sorting, and where one is in the contents. The page is whole without script too. */
(function () {
  'use strict';
  var root = document.documentElement;
  function keep(key, value) { try { localStorage.setItem('suwen-' + key, value); } catch (e) { /* a file opened without storage */ } }
  function kept(key) { try { return localStorage.getItem('suwen-' + key); } catch (e) { return null; } }
  if (kept('lang')) root.dataset.lang = kept('lang');
  if (kept('theme')) root.dataset.theme = kept('theme');
  document.getElementById('lang').addEventListener('click', function () {
    root.dataset.lang = root.dataset.lang === 'zh' ? 'en' : 'zh';
    root.lang = root.dataset.lang;
    keep('lang', root.dataset.lang);
  });
  document.getElementById('theme').addEventListener('click', function () {
    var dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = dark ? 'light' : 'dark';
    keep('theme', root.dataset.theme);
  });

  /* Headings of a .sorted table sort it: numbers by data-v, largest first; texts by their letters. */
  function value(row, at, lang) {
    var cell = row.cells[at], text;
    if (!cell) return '';
    if (cell.dataset.v !== undefined) return parseFloat(cell.dataset.v);
    text = cell.querySelector('.' + lang);
    return (text || cell).textContent.trim();
  }
  function sort(table, at, th) {
    var body = table.tBodies[0], rows = Array.prototype.slice.call(body.rows), number = th.classList.contains('n'), lang = root.dataset.lang;
    var now = th.getAttribute('aria-sort'), up = now ? now === 'descending' : !number;
    rows.map(function (r, i) { return { r: r, i: i, v: value(r, at, lang) }; }).sort(function (a, b) {
      var none = number ? (typeof b.v !== 'number' ? 0 : 1) - (typeof a.v !== 'number' ? 0 : 1) : 0; /* what has no value stays last */
      if (none) return none;
      var d = number ? (typeof a.v === 'number' ? a.v - b.v : 0) : String(a.v).localeCompare(String(b.v), lang);
      return d ? (up ? d : -d) : a.i - b.i;
    }).forEach(function (x) { body.appendChild(x.r); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (c) { c.removeAttribute('aria-sort'); });
    th.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  }
  Array.prototype.forEach.call(document.querySelectorAll('table.sorted th'), function (th) {
    th.addEventListener('click', function () { sort(th.closest('table'), th.cellIndex, th); });
  });

  /* The chapter or section that is read now, in the contents. */
  var links = Array.prototype.slice.call(document.querySelectorAll('nav.side a'));
  var places = links.map(function (a) { return document.getElementById(a.getAttribute('href').slice(1)); });
  function here() {
    var at = 0;
    places.forEach(function (p, i) { if (p && p.getBoundingClientRect().top < 120) at = i; });
    links.forEach(function (a, i) { a.classList.toggle('here', i === at); });
  }
  addEventListener('scroll', here, { passive: true });
  here();

  /* Folded lists are printed unfolded. */
  addEventListener('beforeprint', function () {
    Array.prototype.forEach.call(document.querySelectorAll('details'), function (d) { if (!d.open) { d.open = true; d.dataset.folded = '1'; } });
  });
  addEventListener('afterprint', function () {
    Array.prototype.forEach.call(document.querySelectorAll('details[data-folded]'), function (d) { d.open = false; delete d.dataset.folded; });
  });
}());

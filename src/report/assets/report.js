/* Language and theme; the choice is kept where the browser allows it. The page is whole without script too. */
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
}());

// For browsers that do not know modules: ECMAScript 3 and nothing newer.
(function () {
  var box = document.getElementById('age');
  if (!box) { return; }
  var link = document.createElement('a');
  link.href = '/lite';
  link.appendChild(document.createTextNode('The lite pages'));
  box.appendChild(document.createTextNode('This browser is older than the script of this page. '));
  box.appendChild(link);
  box.appendChild(document.createTextNode(' have echo and chat by form.'));
}());

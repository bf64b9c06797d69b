document.documentElement.dataset.exact = 'exact';

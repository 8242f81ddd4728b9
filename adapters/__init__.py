"""Channel adapters: one package per system the gateway speaks to. They import none of our other packages."""

"""Who a request or a letter comes from (keys, tokens, certificates a proxy has seen), and how much of it is taken."""

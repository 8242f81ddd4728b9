"""Who may send: clients that people add while the gateway runs, and the keys of all clients, by their digests."""

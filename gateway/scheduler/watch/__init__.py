"""The watch: looks at the ledger now and then, opens and closes alerts, and tells channels of them."""

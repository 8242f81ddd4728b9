"""Work that falls due by the clock: watching payments, telling of lost pages, refreshing catalogues."""

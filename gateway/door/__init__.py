"""The front door: the HTTP app put together from ports, in the gateway's own process or in processes before it.

Reading, judging and sealing take a quarter of what a message costs and need nothing of the gateway but its ledger, so
they may run on another core; what passes between the two is a question and its answer (docs/decisions/0012).
"""

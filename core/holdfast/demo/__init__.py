"""The flows of ``holdfast demo``: a release, a batch of invoices and an order, each of which needs a person."""

"""Which run to pay for next: methods compared on the tables of ScaleBench."""

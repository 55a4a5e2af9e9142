"""Showing things: one view turns plans, findings and receipts into rows; each format only renders rows."""

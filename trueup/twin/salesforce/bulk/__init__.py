"""Bulk 2.0 and Bulk 1.0: jobs that read or write many records behind the caller's back."""

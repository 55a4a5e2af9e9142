"""What `trueup check` and `trueup plan` cost from a filled store, and where the time goes."""

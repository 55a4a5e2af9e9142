"""One folder per CRM. A connector is found by itself (see `kit.registry`); nothing else names one."""

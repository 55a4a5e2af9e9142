"""Who is who, what is out of true, who wins, what to write: the deciding part of the program. No I/O here."""

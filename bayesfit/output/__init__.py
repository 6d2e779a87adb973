"""Where answers go: one printer (`console`) and one writer (`folder`), for every question."""

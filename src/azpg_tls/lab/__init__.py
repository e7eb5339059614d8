"""PostgreSQL endpoints that are wrong on purpose, on loopback, with a throw-away PKI."""

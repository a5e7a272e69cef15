"""Real things for tests to run against: a started server, a web app, free ports."""

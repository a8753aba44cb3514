"""The app in a browser: a server of pages, whom it lets in, and the process that each page has."""

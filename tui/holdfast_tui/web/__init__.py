"""The app in a browser: the server, its access control, and the process of each page."""

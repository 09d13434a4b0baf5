"""Web pages of one file, which need nothing but a browser: text, style, scripts and charts."""

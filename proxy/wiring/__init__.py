"""The only room that knows everything: settings in, a running application out."""

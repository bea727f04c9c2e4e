"""What happens in the background: packages in use are looked at again, asked or not."""

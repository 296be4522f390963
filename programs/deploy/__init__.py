"""What makes an account ready for logflume: deploy role, boundary, state bucket."""

"""Who may do what, by the documented logic of AWS IAM. Pure: policies and requests in, decisions out."""

# Moves the traffic whenever one of the two names changes. A destroyed resource moves nothing back.
variable "old" {
  type = string
}

variable "new" {
  type = string
}

resource "terraform_data" "hand_over" {
  triggers_replace = [var.old, var.new]

  provisioner "local-exec" {
    interpreter = ["/bin/sh", "-ec"]
    command     = "exec drain --from \"$OLD\" --to \"$NEW\" --over \"$OVER\" --output plain"
    environment = {
      OLD  = var.old
      NEW  = var.new
      OVER = "10m"
    }
  }
}

module "feature_flags" {
  source = "../modules/feature_flags"

  name = "${local.name}-flags"
}

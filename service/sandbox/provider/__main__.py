"""Entry of the plugin process: `pulumi-resource-aws <engine address>`."""

from service.sandbox.provider.server import main

if __name__ == "__main__":
    main()

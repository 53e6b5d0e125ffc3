"""What a care server loads, loaded beforehand: a killed server is back in a tenth of a second."""

import uvicorn

import mobilise.referrals.api
import mobilise.referrals.courier

__all__ = ["mobilise", "uvicorn"]

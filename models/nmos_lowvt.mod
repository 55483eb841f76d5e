* lowvt
.model nmos_lowvt nmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 vth0={vth0_leak} u0=460 k1=0.88 k2=-0.0186 voff=-0.1 vsat=1.5e5

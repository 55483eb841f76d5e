.model pmos_std pmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 vth0=-0.9 u0=200 k1=0.55 k2=-0.0186 voff=-0.12 vsat=1.7e5

* NMOS of the analogue blocks, BSIM3v3.3 (ngspice level 8), 0.5 um class process.
.model nmos_std nmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 vth0=0.65 u0=460 k1=0.88 k2=-0.0186 voff=-0.1 vsat=1.5e5

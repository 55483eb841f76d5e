* PMOS of the DPI (MP1, MP2), BSIM3v3.3: ngspice level 8.
*
* tox m, nch 1/cm^3, u0 cm^2/(V s), k1 V^0.5, voff V, vsat m/s; what is not listed is
* the model's default. Chosen with nmos.mod, not extracted from a process. Slope
* factor 1.53 at no source-bulk voltage and 1.42 at 0.5 V, which is why the n-well of
* MP2 stands 0.4 V above its source: it comes near the 1.37 of MN1.
* MP1 at 2/2 um and a source-gate voltage of 1.0 V carries 4.66 nA.
.model pmos_std pmos level=8 version=3.3.0
+ tox=13.9n nch=1.7e17 nfactor=1 voff=-0.12
+ vth0=-0.9 k1=0.55 k2=-0.0186 u0=200 vsat=1.7e5

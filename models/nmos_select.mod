* Select transistor of the 1T1R cell, level 1 (square law), used by netlists/cell.sub.
*
*   triode: id = kp (w/l) ((vgs - vto) vds - vds^2/2);  ron = 1/(kp (w/l) (vgs - vto))
*
* Values in nmos_select.param: W/L = 32.5/0.5 um, ron = 120.1 ohm at vgs = 3 V and
* vds -> 0, 120.3 ohm at vds = 10 mV. Fitted to the 120 ohm of paper 1, section 3.2.
* No body effect, no channel-length modulation, no charges; the junctions to the bulk
* are there (is = 1e-14 A). models/nmos_select_bsim3.mod is the alternative.
* Held by netlists/bench/select_ron.cir.
.model nmos_select nmos level=1 vto={sel_vto} kp={sel_kp} gamma=0 lambda=0
